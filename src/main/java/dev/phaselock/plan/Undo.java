package dev.phaselock.plan;

import java.util.Comparator;

/**
 * A part of what undoes the changes of a manifest, which is carried out by itself: it has a plan of its own, made when its
 * turn comes.
 *
 * @param change the index of the change that it undoes, from 0
 * @param part its place among what undoes that change, from 0
 */
public record Undo(int change, int part) implements Comparable<Undo> {
    /** The last change first; of one change, in their order. */
    private static final Comparator<Undo> ORDER =
            Comparator.comparingInt((Undo undo) -> -undo.change).thenComparingInt(Undo::part);

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException when it is something else
     */
    public static Undo parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 1) {
            throw new IllegalArgumentException("no part of what undoes a change: " + text);
        }
        return new Undo(Integer.parseInt(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
    }

    @Override
    public int compareTo(Undo other) {
        return ORDER.compare(this, other);
    }

    /** {@code 2.0}. */
    @Override
    public String toString() {
        return change + "." + part;
    }
}
