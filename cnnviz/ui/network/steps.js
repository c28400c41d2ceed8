// What each step of the preparation made of a drawing. Pointing at one, or walking there with the arrow
// keys, says what it did.

function makeSteps() {
  const body = document.createElement("div");
  body.className = "steps";
  body.innerHTML = '<div role="group" aria-label="What each step made of the picture"></div><p></p>';
  body.firstChild.addEventListener("keydown", walk);
  return body;
}

function fillSteps(body, steps, arrays, shades) {
  const [shown] = body.children;
  body.steps = steps;
  if (shown.children.length !== steps.length) shown.replaceChildren(...steps.map((_, k) => makeStep(body, k)));
  for (const [k, { name, picture, sentence, skipped }] of steps.entries()) {
    const [canvas, caption] = shown.children[k].children;
    const { shape, values } = arrays[picture];
    [canvas.height, canvas.width] = shape;
    canvas.classList.toggle("large", Math.max(...shape) > 28);
    canvas.getContext("2d").putImageData(pixelsOf(values, shades, shape), 0, 0);
    caption.textContent = skipped ? `${name}, off` : name;
    shown.children[k].setAttribute("aria-label", `After ${caption.textContent}: ${sentence}`);
  }
  tell(body);
}

function makeStep(body, k) {
  const step = Object.assign(document.createElement("button"), { type: "button" });
  step.append(document.createElement("canvas"), document.createElement("span"));
  for (const event of ["pointerenter", "focus", "click"]) {
    step.addEventListener(event, () => {
      body.at = k;
      tell(body);
    });
  }
  return step;
}

// Says what the step did that was pointed at last; the last one until somebody points.
function tell(body) {
  const [shown, words] = body.children;
  const at = Math.min(body.at ?? Infinity, body.steps.length - 1);
  for (const [k, step] of [...shown.children].entries()) {
    if (k === at) step.setAttribute("aria-current", "true");
    else step.removeAttribute("aria-current");
    step.tabIndex = k === at ? 0 : -1;
  }
  const { name, sentence, skipped } = body.steps[at];
  words.replaceChildren(Object.assign(document.createElement("strong"), { textContent: name }), `: ${sentence}${skipped ? " (switched off)" : ""}`);
}
