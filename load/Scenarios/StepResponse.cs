namespace FastRelay.Load.Scenarios;

/// <summary>What came of one run of a scenario or step.</summary>
/// <param name="IsOk">Whether it did what it should.</param>
/// <param name="StatusCode">In which way; counted by name.</param>
/// <param name="SizeBytes">Bytes that went both ways, where that is of interest.</param>
internal readonly record struct StepResponse(bool IsOk, string StatusCode, int SizeBytes)
{
    /// <summary>It did.</summary>
    public static StepResponse Ok(string statusCode = "ok", int sizeBytes = 0) => new(true, statusCode, sizeBytes);

    /// <summary>It didn't.</summary>
    public static StepResponse Fail(string statusCode, int sizeBytes = 0) => new(false, statusCode, sizeBytes);
}
