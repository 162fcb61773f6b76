/**
 * The custom resource {@code SchemaChange}: its spec, its status and the rules that the API server enforces. Data only;
 * the descriptions here are what {@code kubectl explain} prints.
 */
package dev.phaselock.api;
