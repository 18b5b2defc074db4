package dev.tidemark.testing;

/** What an external program left behind. */
public record Output(int exitCode, String stdout, String stderr) {

    /** Itself when the program succeeded. @throws IllegalStateException with both streams when it did not */
    public Output succeeded() {
        if (exitCode != 0) {
            throw new IllegalStateException("exit code " + exitCode + "\n" + stdout + stderr);
        }
        return this;
    }
}
