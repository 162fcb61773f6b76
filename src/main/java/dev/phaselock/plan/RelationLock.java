package dev.phaselock.plan;

import dev.phaselock.sql.LockMode;

/**
 * A lock that a step takes.
 *
 * @param relation the relation
 * @param mode the strongest mode that the step takes on it
 * @param lockable whether the current role may {@code LOCK TABLE} it in this mode; where it may not, only the statement
 *     itself can take the lock (facts: a role with REFERENCES and SELECT may add a key but not LOCK)
 */
public record RelationLock(Relation relation, LockMode mode, boolean lockable) {}
