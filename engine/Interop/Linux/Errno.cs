namespace FastRelay.Engine.Interop.Linux;

/// <summary>The error numbers that the engine tells apart (asm-generic/errno.h; the same on x86-64 and Arm64).</summary>
internal enum Errno
{
    Success = 0,
    NotPermitted = 1,
    Interrupted = 4,
    TryAgain = 11,
    NotImplemented = 38,
    NoBufferSpace = 105,
}
