/**
 * Carries out one phase: acquires locks without making writers wait, validates, looks for violating rows. A small core
 * that trusts nobody: it plans again from the catalog and checks under the lock what the plan promised.
 */
package dev.phaselock.run;
