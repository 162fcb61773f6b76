package dev.phaselock.plan;

import dev.phaselock.change.AddDomainConstraint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plans {@code ALTER DOMAIN … ADD CONSTRAINT … CHECK}: one step, which locks no table. Where a table uses the domain the
 * check stays NOT VALID, for {@code VALIDATE} would scan every such table under SHARE, while all writes to it wait.
 */
final class AddDomainConstraintPlan {
    private AddDomainConstraintPlan() {}

    static List<Phase> phases(AddDomainConstraint change, int index, Planning planning) {
        Probe.Domain domain = switch (planning.probe(index)) {
            case Probe.Domain found -> found;
            case Probe.Failed failed ->
                throw new RefusedException(
                        Reason.INVALID_TARGET,
                        "PostgreSQL does not take it for domain %s: %s".formatted(change.table(), failed.message()));
            default -> throw new IllegalStateException("the probe of another operation for a domain");
        };
        @Nullable String there = domain.there();
        boolean done = there != null && domain.forms().contains(there);
        if (there != null && !done) {
            throw new RefusedException(
                    Reason.CONFLICTING_DEFINITION,
                    "%s of %s is there with another definition: %s; drop that one by ALTER DOMAIN %s DROP CONSTRAINT %s, or choose another name"
                            .formatted(
                                    change.name(),
                                    domain.name(),
                                    there,
                                    domain.name().quoted(),
                                    change.name().quoted()));
        }
        if (!done && !domain.owned()) {
            String role = planning.facts().server().role();
            throw new RefusedException(
                    Reason.PERMISSION_DENIED,
                    "role %s is not the owner of %s, %s is: GRANT %s TO %s"
                            .formatted(
                                    Names.shown(role),
                                    domain.name(),
                                    Names.shown(domain.owner()),
                                    Names.quoted(domain.owner()),
                                    Names.quoted(role)));
        }
        return planning.brief(
                "Add " + change.name() + " to " + domain.name(),
                index,
                done,
                new LockSet(),
                List.of("ALTER DOMAIN " + domain.name().quoted() + " ADD CONSTRAINT "
                        + change.name().quoted() + " CHECK (\n" + change.expression() + "\n)"
                        + (domain.used() ? " NOT VALID" : "")),
                domain.used() ? null : "NOT (" + domain.uses() + ")");
    }
}
