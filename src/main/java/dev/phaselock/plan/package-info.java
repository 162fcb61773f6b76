/**
 * Planning: a pure function from the changes that a person wants and what the catalog says ({@link
 * dev.phaselock.plan.CatalogFacts}) to a {@link dev.phaselock.plan.Plan} of phases, each with its steps, their SQL, the
 * locks that they take and whether they are done. And what goes to and comes from the Job that carries one phase out:
 * {@link dev.phaselock.plan.PhaseRequest}, {@link dev.phaselock.plan.PhaseResult}, {@link
 * dev.phaselock.plan.PhaseProgress}.
 */
package dev.phaselock.plan;
