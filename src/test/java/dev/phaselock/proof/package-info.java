/**
 * What every operation of the catalogue promises, for each of them at once: the schema of the plain statement, also after
 * a kill at any request; writers who wait no longer than a try; random schemas and changes. What is sampled is sampled by a
 * seed that is printed; {@code ./phaselock test --full} leaves nothing out.
 */
package dev.phaselock.proof;
