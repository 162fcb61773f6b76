/**
 * The operator: observe (the resource, its Jobs, their pods), decide (a pure function), act (on Kubernetes). It never
 * opens a database connection and never reads a Secret.
 */
package dev.phaselock.operator;
