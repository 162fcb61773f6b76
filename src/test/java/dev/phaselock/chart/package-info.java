/**
 * The Helm chart in helm/phaselock: that it says what its values say, that a real API server takes it, and that the rights
 * that it gives are those that the operator needs.
 */
package dev.phaselock.chart;
