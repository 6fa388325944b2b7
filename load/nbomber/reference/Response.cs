using NBomber.Contracts;

namespace NBomber.CSharp;

/// <summary>Declared as in NBomber, without the time of one's own (<c>customLatencyMs</c>), which comes last there.</summary>
public static class Response
{
    public static Response<object> Ok(string statusCode = "", long sizeBytes = 0, string message = "") => new(statusCode, false, sizeBytes, message);

    public static Response<object> Fail(string statusCode = "", string message = "", long sizeBytes = 0) => new(statusCode, true, sizeBytes, message);
}
