// Real processes on a shared machine: one scenario at a time, so that a slow one can't starve another's deadlines.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
