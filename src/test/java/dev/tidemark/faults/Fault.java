package dev.tidemark.faults;

import java.util.Locale;

/** What goes wrong. */
enum Fault {
    /** SIGKILL of the JVM that runs Liquibase. */
    CLIENT_KILLED,
    /** SIGSTOP of that JVM, for a while or until it is killed. */
    CLIENT_FROZEN,
    /** {@code pg_terminate_backend} of one of its sessions. */
    SESSION_TERMINATED,
    /** The server stops without a checkpoint and is started again. */
    SERVER_CRASHED,
    /** No packet comes through any more, and nobody is told. */
    NETWORK_DEAD,
    /** Connections are closed by something in between. */
    NETWORK_CUT,
    /** Somebody's transaction holds for seconds what a window needs. */
    LOCK_HELD,
    /** Somebody takes locks in the other order. */
    DEADLOCK,
    /** The disk that the new table lies on has no room left. */
    DISK_FULL;

    /** Whether it needs a process of its own to strike at. */
    boolean strikesProcess() {
        return this == CLIENT_KILLED || this == CLIENT_FROZEN;
    }

    /** Whether the way back can meet it. What the way back writes is as much as the application has written, and lies where the table lay. */
    boolean strikesBack() {
        return this != DISK_FULL;
    }

    /** Whether the application loses its connections as well. */
    boolean hitsApplication() {
        return this == SERVER_CRASHED;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
