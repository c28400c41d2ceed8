"""The lessons page: from a picture to a classified digit, one step and one question at a time."""

from cnnviz import ui
from cnnviz.ui import lessons

PAGE = "lessons"

state, lesson = lessons.arrive(PAGE)
ui.start_page(PAGE, f"{state.lesson}. {lesson.title}")
lessons.show_path(PAGE, state)
ui.show_problems(PAGE)

question = lesson.question(state.seed_of(state.lesson))
text, figure, answer = lessons.places()
with text:
    lessons.show_text(lesson)
with answer:
    state = lessons.ask(PAGE, state, question)
    lessons.show_next(PAGE, state)
with figure:
    # Last, for it may have to wait for TensorFlow.
    state = lessons.show_scene(PAGE, state, lesson, question)
ui.leave(PAGE, lesson.trimmed(state))
