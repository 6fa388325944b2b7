using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>Turns a system call's −1 and errno into one number, and repeats what a signal interrupted: the one place that knows EINTR.</summary>
internal static class NativeResult
{
    /// <summary>Whether the call was interrupted and must be made again; else the result is a count, or a negative error number.</summary>
    public static bool IsInterrupted(ref int result)
    {
        if (result >= 0) return false;
        result = -Marshal.GetLastPInvokeError();
        return result == -(int)Errno.Interrupted;
    }

    /// <summary>The error of a negative result.</summary>
    public static Errno ErrorOf(int result) => result < 0 ? (Errno)(-result) : Errno.Success;

    /// <summary>Throws for a result that this program can't live with.</summary>
    public static int OrThrow(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(-result)} ({-result})");
}
