package dev.multipath.codec;

/** What a subflow carries in either direction: one {@link Preface} first, then {@link Frame}s. */
public sealed interface MultipathMessage permits Preface, Frame {}
