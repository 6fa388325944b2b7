namespace NBomber.Contracts;

/// <summary>Declared as in NBomber, without what the adapter doesn't set.</summary>
public interface IResponse
{
    string StatusCode { get; }

    bool IsError { get; }

    long SizeBytes { get; }

    string Message { get; }
}
