"""The commands of `cham`: each has `add_arguments(parser)` and `main(settings, chosen) -> exit code`."""
