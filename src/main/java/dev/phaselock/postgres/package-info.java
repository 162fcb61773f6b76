/**
 * What is said to and read from a PostgreSQL server outside a phase's own statements: connections and TLS, the catalog
 * facts that a plan needs, who holds which lock, and what an SQLSTATE means.
 */
package dev.phaselock.postgres;
