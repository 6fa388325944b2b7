namespace FastRelay.Protocol;

/// <summary>The field of 32 elements with the reduction polynomial x⁵ + x² + 1 and α = 2 (SPEC 3.2). For checksums, not for secrets.</summary>
internal static class Gf32
{
    /// <summary>Order of α: every element but zero is a power of it.</summary>
    public const int Order = 31;

    private static readonly byte[] Powers = MakePowers();
    private static readonly byte[] Logs = MakeLogs();

    public static int Multiply(int a, int b) => a == 0 || b == 0 ? 0 : Powers[(Logs[a] + Logs[b]) % Order];

    public static int Divide(int a, int b) => a == 0 ? 0 : Powers[(Logs[a] + Order - Logs[b]) % Order];

    public static int Power(int exponent) => Powers[exponent % Order];

    public static int Log(int element) => Logs[element];

    private static byte[] MakePowers()
    {
        var powers = new byte[Order];
        int element = 1;
        for (int i = 0; i < Order; i++)
        {
            powers[i] = (byte)element;
            element <<= 1;
            if ((element & 32) != 0) element ^= 0b100101;
        }
        return powers;
    }

    private static byte[] MakeLogs()
    {
        var logs = new byte[Order + 1];
        for (int i = 0; i < Order; i++) logs[Powers[i]] = (byte)i;
        return logs;
    }
}
