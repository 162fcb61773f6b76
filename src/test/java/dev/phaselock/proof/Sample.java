package dev.phaselock.proof;

import java.util.Objects;
import java.util.Random;

/**
 * What of a product too large for each build is tried: by a seed that is printed, and that {@code -Dphaselock.seed} gives
 * again; all of it with {@code -Dphaselock.full=true}.
 */
public final class Sample {
    /** Whether nothing is left out. */
    public static final boolean FULL = Boolean.getBoolean("phaselock.full");

    private static final long SEED = Long.getLong("phaselock.seed", System.currentTimeMillis());

    static {
        System.out.println("Sampled by " + text());
    }

    private Sample() {}

    /** How to have the same again. */
    public static String text() {
        return "-Dphaselock.seed=" + SEED + (FULL ? " -Dphaselock.full=true" : "");
    }

    /** Numbers that follow from the seed and from what they are for, and from nothing else. */
    public static Random random(Object... purpose) {
        return new Random(SEED * 31 + Objects.hash(purpose));
    }
}
