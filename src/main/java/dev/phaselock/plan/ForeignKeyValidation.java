package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.LockMode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Plans {@code VALIDATE CONSTRAINT} of a foreign key. */
final class ForeignKeyValidation {
    private ForeignKeyValidation() {}

    /**
     * It recurses to the partitions whose key is not valid yet, and reads the referenced table for their rows.
     *
     * @param on the same key of a partition
     * @param reported the name under which violations are reported
     */
    static Step.Validate step(
            Table validated,
            Table referenced,
            String name,
            boolean done,
            Function<Table, Optional<Constraint>> on,
            String reported,
            ForeignKeySql sql) {
        List<Table> parts = validated.partitioned()
                ? validated.descendants().stream()
                        .filter(part ->
                                on.apply(part).filter(Constraint::validated).isEmpty())
                        .toList()
                : List.of();
        List<Table> read = validated.partitioned()
                ? parts.stream().filter(part -> !part.partitioned()).toList()
                : List.of(validated);
        LockSet locks = new LockSet()
                .add(validated, LockMode.SHARE_UPDATE_EXCLUSIVE)
                .addAll(parts, LockMode.SHARE_UPDATE_EXCLUSIVE);
        if (!read.isEmpty()) {
            locks.add(referenced, LockMode.ROW_SHARE);
            if (referenced.partitioned()) {
                locks.addAll(referenced.descendants(), LockMode.ACCESS_SHARE);
            }
        }
        return new Step.Validate(
                "Validate on " + validated.name(),
                done,
                validated.relation(),
                locks.toList(),
                name,
                "ALTER TABLE " + validated.name().quoted() + " VALIDATE CONSTRAINT " + Names.quoted(name),
                done
                        ? List.of()
                        : read.stream()
                                .map(rows -> sql.violations(reported, rows))
                                .toList());
    }
}
