namespace NBomber.Contracts;

/// <summary>Declared as in NBomber, without the payload, which has a type of F# there.</summary>
public sealed record Response<T>(string StatusCode, bool IsError, long SizeBytes, string Message) : IResponse;
