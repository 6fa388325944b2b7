using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FastRelay.Engine.Interop.Linux;

/// <summary>
/// A classic BPF program that chooses among the sockets of one port by a byte of the payload (SO_ATTACH_REUSEPORT_CBPF, socket(7)). The
/// program belongs to the group: any socket of it may attach it, and attaching the same again changes nothing.
/// </summary>
internal static unsafe class PortSteering
{
    private const int SolSocket = 1;
    private const int AttachReusePortProgram = 51;

    // linux/bpf_common.h. A datagram's payload begins at offset 0; a load beyond its end makes the program return 0.
    private const ushort LoadByteAt = 0x30;    // BPF_LD | BPF_B | BPF_ABS
    private const ushort ModuloConstant = 0x94; // BPF_ALU | BPF_MOD | BPF_K
    private const ushort ReturnAccumulator = 0x16; // BPF_RET | BPF_A

    private static readonly Lazy<string?> Missing = new(Probe);

    /// <summary>Why sockets of one port can't be chosen by content here; null when they can. Found out once.</summary>
    public static string? WhyUnsupported => Missing.Value;

    /// <summary>Attaches the program.</summary>
    /// <param name="socket">Bound, with SO_REUSEPORT set before.</param>
    /// <param name="offset">Of the byte.</param>
    /// <param name="sockets">The byte is taken modulo this.</param>
    /// <exception cref="SocketException">The kernel doesn't take it.</exception>
    public static void Attach(Socket socket, int offset, int sockets)
    {
        var instructions = stackalloc Instruction[]
        {
            new() { Code = LoadByteAt, Operand = (uint)offset },
            new() { Code = ModuloConstant, Operand = (uint)sockets },
            new() { Code = ReturnAccumulator },
        };
        var program = new Program { Length = 3, Instructions = instructions };
        socket.SetRawSocketOption(SolSocket, AttachReusePortProgram, new ReadOnlySpan<byte>(&program, sizeof(Program)));
    }

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux()) return "not Linux";
        if (sizeof(nint) != 8 || !BitConverter.IsLittleEndian) return "not a 64-bit little-endian system";
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            SocketOptions.ShareLocalPort(socket);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Attach(socket, 0, 1);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message;
        }
    }

    /// <summary>struct sock_filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Instruction
    {
        public ushort Code;
        public byte JumpIfTrue;
        public byte JumpIfFalse;
        public uint Operand;
    }

    /// <summary>struct sock_fprog on a 64-bit system.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
