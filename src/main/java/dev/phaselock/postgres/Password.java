package dev.phaselock.postgres;

/** A password. It shows itself nowhere: not in messages, not in logs, not in a debugger's toString. */
public final class Password {
    /** None: for a server that asks for none, or for the driver to look into {@code ~/.pgpass}. */
    public static final Password NONE = new Password("");

    private final String value;

    Password(String value) {
        this.value = value;
    }

    boolean isEmpty() {
        return value.isEmpty();
    }

    /** The password itself: for the driver only. */
    String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return isEmpty() ? "(none)" : "(hidden)";
    }
}
