/**
 * The benchmark of lock acquisition ({@code ./phaselock bench locks}): an application's load, the policies by which people
 * take a strong lock today and Phaselock's own through {@link dev.phaselock.run.PhaseRunner}, and what the writers felt of
 * each, as JSON lines, tables and plots.
 */
package dev.phaselock.bench;
