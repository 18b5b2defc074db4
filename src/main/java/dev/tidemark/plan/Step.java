package dev.tidemark.plan;

/**
 * One step of a plan, with its way back.
 *
 * @param id short and unique in its plan, e.g. {@code cutover}; what journal, messages and documents call it
 * @param why what it is for, one or two sentences for the runbook
 * @param up what it does
 * @param down what takes it back; works too where {@code up} was interrupted halfway
 */
public record Step(String id, String why, Action up, Action down) {}
