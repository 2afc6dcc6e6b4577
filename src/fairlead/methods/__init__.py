"""Pure algorithms: folds, ranges, attribution, intervals, process behaviour. Numbers in and out."""
