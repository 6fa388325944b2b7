using System.Reflection;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>OpenSSL's libcrypto: found and made ready once, for all the native topics that import from <see cref="Name"/>.</summary>
internal static partial class LibCrypto
{
    /// <summary>The name under which it is imported; the file that stands for it is found out at run time.</summary>
    public const string Name = "libcrypto";

    private const ulong NoAtExit = 0x00080000; // OPENSSL_INIT_NO_ATEXIT
    private const ulong LoadConfig = 0x00000040; // OPENSSL_INIT_LOAD_CONFIG, as OpenSSL 3 and the platform do

    // OpenSSL 3.x, and 1.1.0 to 1.1.1. What is used of them is the same in both.
    private static readonly string[] Files = ["libcrypto.so.3", "libcrypto.so.1.1"];

    private static readonly Lazy<string?> Missing = new(Probe);

    /// <summary>Why there is none to be used; null when there is. Ask before any import from <see cref="Name"/> is called.</summary>
    public static string? WhyMissing => Missing.Value;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux()) return "not Linux";
        nint library = 0;
        if (!Files.Any(file => NativeLibrary.TryLoad(file, out library))) return $"none of {string.Join(", ", Files)} can be loaded";
        NativeLibrary.SetDllImportResolver(
            typeof(LibCrypto).Assembly, (string name, Assembly _, DllImportSearchPath? _) => name == Name ? library : 0);
        try
        {
            // Else it would clear its state when the process exits, under the hands of threads that still use it.
            return OPENSSL_init_crypto(NoAtExit | LoadConfig, 0) == 1 ? null : "libcrypto can't be initialised";
        }
        catch (EntryPointNotFoundException e)
        {
            return e.Message;
        }
    }

    [LibraryImport(Name)]
    private static partial int OPENSSL_init_crypto(ulong options, nint settings);
}
