"""What each model's flags build; one file a model, found by its name.

A file defines the flags that only its model has, and:

- `GENERATORS`: dict, choice of `--generator` -> function
  `(values, image_size, **layout)`;
- `DISCRIMINATORS`: dict, choice of `--discriminator` -> function
  `(values, **layout)`;
- `OBJECTIVES`: dict, choice of `--objective` -> function
  `(values, generator, discriminator, unknown_class, **options)` that returns
  the GAN;
- `MODEL`: dict of the choices that `--model` stands for.

`values` are the parsed flags, `layout` is `num_classes` and `use_edge_map`,
`unknown_class` is the id of unlabelled pixels or `None`, `options` are
arguments of `SemanticGAN`. Importing a file defines its flags.
"""
