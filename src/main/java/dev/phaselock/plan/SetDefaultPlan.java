package dev.phaselock.plan;

import dev.phaselock.change.SetDefault;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Set;

/** Plans {@code SET DEFAULT}. The server itself says whether the default that is there is the wanted one. */
final class SetDefaultPlan {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private SetDefaultPlan() {}

    static List<Phase> phases(SetDefault change, int index, Planning planning) {
        DefaultPlan plan = new DefaultPlan(change.table(), change.column(), index, planning);
        return plan.phases(
                "Set the default of " + Names.shown(change.column().name()),
                wanted(change.table(), planning.probe(index)),
                // The lines' ends keep a comment, were there one, from reaching what follows.
                "SET DEFAULT (\n" + change.expression() + "\n)");
    }

    private static Set<String> wanted(QualifiedName table, Probe probe) {
        return switch (probe) {
            case Probe.Default wanted -> wanted.forms();
            case Probe.Failed failed ->
                throw new RefusedException(
                        failed.sqlState().equals(INSUFFICIENT_PRIVILEGE)
                                ? Reason.PERMISSION_DENIED
                                : Reason.INVALID_EXPRESSION,
                        "PostgreSQL does not take the expression as a default in %s: %s"
                                .formatted(table, failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a default");
        };
    }
}
