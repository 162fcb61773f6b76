package dev.phaselock.plan;

/** What the server said of a column that was tried. */
final class ColumnProbe {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private ColumnProbe() {}

    /** @param otherwise the beginning of the message when the server refused it */
    static Probe.Altered of(Probe probe, String otherwise) {
        return switch (probe) {
            case Probe.Altered altered -> altered;
            case Probe.Failed failed ->
                throw new RefusedException(
                        failed.sqlState().equals(INSUFFICIENT_PRIVILEGE)
                                ? Reason.PERMISSION_DENIED
                                : Reason.INVALID_EXPRESSION,
                        otherwise + ": " + failed.message());
            default -> throw new IllegalStateException("the probe of another operation for a column");
        };
    }
}
