package dev.multipath.codec;

/** What follows the preface on a subflow: data, acknowledgements and control frames, in any order. */
public sealed interface Frame extends MultipathMessage permits DataFrame, AckFrame, ControlFrame, ExtendedFrame {}
