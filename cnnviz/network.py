"""The classifier's architecture, in the form that is trained and in the form that is shown.

Training puts batch normalisation behind each convolution, and dropout before the last layer. Once
trained, normalisation is a fixed multiplication and addition per filter, so it is folded into the
filter's weights and bias: what the page shows is convolution, ReLU, pooling and dense layers only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

# Filters of each convolution; "pool" halves rows and columns.
PLAN: tuple[int | str, ...] = (16, 16, "pool", 32, 32, "pool", 32)
UNITS = 128
DROPOUT = 0.4


def build(*, training: bool) -> keras.Model:
    """Build the network with fresh weights.

    Parameters
    ----------
    training : bool
        True adds batch normalisation and dropout and ends at the logits; False is the plain
        network that ends with the softmax.

    Returns
    -------
    keras.Model
        From (n, 28, 28, 1) to (n, 10).

    Examples
    --------
    >>> [layer.name for layer in build(training=False).layers][:5]
    ['image', 'conv1', 'relu1', 'conv2', 'relu2']
    """
    import keras

    layers = keras.layers
    image = x = keras.Input((28, 28, 1), name="image")
    normalised = _batch_normalization() if training else None
    convolutions = pools = 0
    for step in PLAN:
        if isinstance(step, str):
            pools += 1
            x = layers.MaxPooling2D(2, name=f"pool{pools}")(x)
            continue
        convolutions += 1
        name = f"conv{convolutions}"
        x = layers.Conv2D(step, 3, padding="same", use_bias=not training, name=name)(x)
        if normalised:
            x = normalised(name=f"{name}_norm")(x)
        x = layers.Activation("relu", name=f"relu{convolutions}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(UNITS, name="dense1")(x)
    x = layers.Activation("relu", name=f"relu{convolutions + 1}")(x)
    if training:
        x = layers.Dropout(DROPOUT, name="dropout")(x)
    x = layers.Dense(10, name="logits")(x)
    if not training:
        x = layers.Activation("softmax", name="softmax")(x)
    return keras.Model(image, x, name="digits")


def _batch_normalization() -> type[keras.layers.BatchNormalization]:
    """Return Keras' layer, trained by the one kernel that TensorFlow has for it.

    Keras computes it in a dozen steps over the whole batch, which is half of what an epoch costs.
    The moving variance learns from the unbiased one (divided by n - 1), as TensorFlow returns it.
    """
    import keras
    import tensorflow as tf

    class Fused(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras has no types
        def call(self, inputs: tf.Tensor, *, training: bool | None = None) -> tf.Tensor:
            if not training:
                return super().call(inputs, training=training)
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=self.gamma,
                offset=self.beta,
                mean=tf.zeros(0),
                variance=tf.zeros(0),
                epsilon=self.epsilon,
                is_training=True,
            )
            for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(self.momentum * moving + (1 - self.momentum) * batch)
            return outputs

    return Fused


def folded(trained: keras.Model) -> keras.Model:
    """Turn a trained network into the plain one that computes the same.

    A filter w with normalisation ``gamma * (w*x - mean) / sqrt(variance + epsilon) + beta`` is the
    filter ``s * w`` with bias ``beta - s * mean``, where ``s = gamma / sqrt(variance + epsilon)``.

    Parameters
    ----------
    trained : keras.Model
        From ``build(training=True)``.

    Returns
    -------
    keras.Model
        As from ``build(training=False)``.

    Examples
    --------
    >>> folded(build(training=True)).count_params()
    227738
    """
    plain = build(training=False)
    for layer in plain.layers:
        if layer.name.startswith("conv"):
            (kernel,) = trained.get_layer(layer.name).get_weights()
            norm = trained.get_layer(f"{layer.name}_norm")
            gamma, beta, mean, variance = norm.get_weights()
            factor = gamma / np.sqrt(variance + norm.epsilon)
            layer.set_weights([kernel * factor, beta - factor * mean])
        elif layer.get_weights():
            layer.set_weights(trained.get_layer(layer.name).get_weights())
    return plain
