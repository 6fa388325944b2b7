using System.Text;

namespace FastRelay.Interop.Tests.Support;

/// <summary>How a program of the peer ended.</summary>
internal sealed record NodeResult(int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);
}
