package dev.tidemark.run;

/**
 * What one process did for a run that another one carries out.
 *
 * @param runId the run's id in the journal
 * @param slices slices that were done here
 * @param ending why there was nothing more to do
 */
public record Assistance(String runId, long slices, String ending) {}
