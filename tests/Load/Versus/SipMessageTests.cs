using System.Text;
using FastRelay.Load.Versus;

namespace FastRelay.Load.Tests.Versus;

public sealed class SipMessageTests
{
    // What Kamailio 5.6.3 answers, in essence.
    private const string Ok = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;rport=51995;received=127.0.0.7\r\nTo: <sip:d00000042@h>;tag=x\r\n"
        + "Call-ID: 00000042@load\r\nCSeq: 00000007 REGISTER\r\nContact: <sip:d@127.0.0.1:5062>;expires=3600\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void A_request_names_its_device_and_its_number_everywhere()
    {
        var message = new SipMessage("127.0.0.1:5060");
        byte[] request = new byte[message.Size];
        message.Write(request, 42, 7).ShouldBe(message.Size);
        string text = Encoding.ASCII.GetString(request);
        text.ShouldStartWith("REGISTER sip:127.0.0.1:5060 SIP/2.0\r\n");
        text.ShouldEndWith("Content-Length: 0\r\n\r\n");
        text.ShouldContain("branch=z9hG4bK0000004200000007\r\n");
        text.ShouldContain("From: <sip:d00000042@127.0.0.1:5060>;tag=00000042\r\n");
        text.ShouldContain("To: <sip:d00000042@127.0.0.1:5060>\r\n");
        text.ShouldContain("Call-ID: 00000042@load\r\nCSeq: 00000007 REGISTER\r\n");
        text.Split("\r\n").ShouldAllBe(line => !line.Contains('\n') && !line.Contains('\r'));
        message.Write(request, 99_999_999, 10_000_000);
        Encoding.ASCII.GetString(request).ShouldContain("CSeq: 10000000 REGISTER\r\n");
    }

    [Fact]
    public void A_200_to_the_request_is_ok_however_its_headers_are_written()
    {
        SipMessage.IsOk(Encoding.ASCII.GetBytes(Ok), 42, 7).ShouldBeTrue();
        SipMessage.IsOk(Encoding.ASCII.GetBytes(Ok.Replace("CSeq: ", "cseq :   ").Replace("Call-ID:", "CALL-ID:")), 42, 7).ShouldBeTrue();
    }

    [Theory]
    [InlineData("200 OK", "401 Unauthorized")]
    [InlineData("200 OK", "2000 OK")]
    [InlineData("SIP/2.0 200", "SIP/3.0 200")]
    [InlineData("CSeq: 00000007 REGISTER", "CSeq: 00000008 REGISTER")]
    [InlineData("CSeq: 00000007 REGISTER", "CSeq: 00000007 INVITE")]
    [InlineData("CSeq: 00000007 REGISTER", "CSeq: 99999999999999999999 REGISTER")]
    [InlineData("CSeq: 00000007 REGISTER", "CSeq:")]
    [InlineData("CSeq: 00000007 REGISTER\r\n", "")]
    [InlineData("Call-ID: 00000042@load", "Call-ID: 00000043@load")]
    [InlineData("Call-ID: 00000042@load", "Call-ID: 00000042@load.example")]
    [InlineData("\r\n\r\n", "\r\n")]
    public void Anything_else_is_not(string part, string by)
    {
        string answer = Ok.Replace(part, by);
        answer.ShouldNotBe(Ok);
        SipMessage.IsOk(Encoding.ASCII.GetBytes(answer), 42, 7).ShouldBeFalse();
    }

    [Fact]
    public void An_answer_cut_anywhere_is_not_ok()
    {
        byte[] answer = Encoding.ASCII.GetBytes(Ok);
        for (int length = 0; length < answer.Length; length++) SipMessage.IsOk(answer.AsSpan(0, length), 42, 7).ShouldBeFalse($"{length}");
    }

    [Fact]
    public void Any_bytes_at_all_are_read_without_an_exception()
    {
        var random = new Random(6);
        byte[] answer = Encoding.ASCII.GetBytes(Ok);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. answer];
            for (int change = 0; change < 4; change++) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            SipMessage.IsOk(changed.AsSpan(0, random.Next(changed.Length)), 42, 7);
        }
    }
}
