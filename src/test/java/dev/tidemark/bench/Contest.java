package dev.tidemark.bench;

import java.util.List;

/** Several ways to do one thing, and what is promised about them. */
interface Contest {

    /** What is done. */
    String name();

    /** Of the table that it is done to. */
    long rows();

    /** All ways; the first is the one that the others are compared with. */
    List<Way> ways();

    /** What was promised, held against what was measured in all rounds. */
    List<Promise> promises(Samples samples);
}
