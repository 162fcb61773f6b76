package dev.phaselock.change;

import java.util.List;

/** stand-in. */
public final class Expressions {
    private Expressions() {}

    public static void require(List<Change> changes) {}
}
