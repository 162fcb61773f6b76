package dev.phaselock.change;

/** A manifest says something that cannot be meant. The message names the field, as {@code changes[0].addCheck.table}. */
public final class InvalidChangeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String field;

    public InvalidChangeException(String field, String why) {
        super(field + ": " + why);
        this.field = field;
    }

    /** The field, as {@code changes[0].addCheck.table}. */
    public String field() {
        return field;
    }

    /** Whether the field is an SQL expression. */
    public boolean inExpression() {
        return field.endsWith(".expression") || field.endsWith(".where");
    }
}
