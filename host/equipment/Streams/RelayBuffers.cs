using FastRelay.Engine.Buffers;

namespace FastRelay.Equipment.Streams;

/// <summary>The buffers of the direct path: blocks that hold three records, so that most are decrypted where they lie.</summary>
internal static class RelayBuffers
{
    /// <summary>Bytes that wait unread or unsent on one connection: enough for a long fat path's next wake-up, at 512 connections 256 MiB at worst.</summary>
    public const int MaxWaitingBytes = 256 * 1024;

    private static readonly BufferArena Arena = new(blockSize: 64 * 1024);

    /// <summary>The pool of all relayed streams of this process.</summary>
    public static RolePool Pool { get; } = Arena.ForRole("relay");
}
