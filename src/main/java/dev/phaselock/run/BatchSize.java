package dev.phaselock.run;

import java.time.Duration;

/**
 * How many blocks of a table the next batch is made of, so that it takes about as long as it shall: a batch's rows stay
 * locked until it commits. From one batch to the next it grows to twice its size at most and shrinks to half at most, for
 * one batch is no more than a sample (a checkpoint, a full disk queue, denser blocks).
 */
final class BatchSize {
    private static final int FIRST = 4;

    /** A batch may take longer than this than it shall, before it is cancelled. */
    private static final int TOO_LONG = 2;

    /** So that single blocks come through that take longer than they shall: slow triggers, or a machine that is busy. */
    private static final Duration LONGEST_LIMIT = Duration.ofSeconds(30);

    private final Duration target;
    private final int max;
    private int blocks;
    private Duration limit;

    /**
     * @param target how long a batch shall take
     * @param max the most blocks of one
     */
    BatchSize(Duration target, int max) {
        this.target = target;
        this.max = max;
        this.blocks = Math.min(FIRST, max);
        this.limit = target.multipliedBy(TOO_LONG);
    }

    /** Of the next batch; at least 1. */
    int blocks() {
        return blocks;
    }

    /** When the next batch is to be cancelled. */
    Duration limit() {
        return limit;
    }

    /**
     * A batch was committed.
     *
     * @param used its blocks, {@link #blocks} or fewer
     * @param took from its beginning to its commit
     * @param rows how many rows it wrote; one that wrote none says nothing
     */
    void took(int used, Duration took, long rows) {
        limit = target.multipliedBy(TOO_LONG);
        // A smaller one than asked for, the last of a range, says little but that it took too long.
        if (rows == 0 || (used < blocks && took.compareTo(target) <= 0)) {
            return;
        }
        double ideal = (double) used * target.toNanos() / Math.max(1, took.toNanos());
        blocks = Math.clamp((long) Math.clamp(ideal, blocks / 2.0, blocks * 2.0), 1, max);
    }

    /**
     * A batch was cancelled because it took too long.
     *
     * @return whether another may be tried: a smaller one, or the same for longer where it cannot be smaller
     */
    boolean cancelled() {
        if (blocks > 1) {
            blocks /= 2;
            return true;
        }
        limit = limit.multipliedBy(2);
        return limit.compareTo(LONGEST_LIMIT) <= 0;
    }
}
