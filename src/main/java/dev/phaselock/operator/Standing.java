package dev.phaselock.operator;

/**
 * Where a change stands.
 *
 * @param step a word for people
 * @param message one sentence with the next action
 */
record Standing(String step, ConditionReason reason, String message) {}
