namespace FastRelay.Server.Options;

/// <summary>How the values must fit together.</summary>
internal static class OptionRelations
{
    /// <summary>One error for each pair that doesn't fit.</summary>
    public static IEnumerable<OptionError> Check(RelayServerOptions o)
    {
        if (o.Deadlines.Hello > o.Deadlines.Finished)
            yield return AtMost("deadlines:hello", o.Deadlines.Hello, "deadlines:finished", o.Deadlines.Finished);
        if (o.Deadlines.Request > o.Deadlines.RequestMost)
            yield return AtMost("deadlines:request", o.Deadlines.Request, "deadlines:requestMost", o.Deadlines.RequestMost);
        if (o.Certificate.RenewBefore >= o.Certificate.Lifetime)
            yield return AtMost("certificate:renewBefore", o.Certificate.RenewBefore, "certificate:lifetime", o.Certificate.Lifetime, "less than");
        if (o.Certificate.Lifetime > o.Certificate.AuthorityLifetime)
            yield return AtMost("certificate:lifetime", o.Certificate.Lifetime, "certificate:authorityLifetime", o.Certificate.AuthorityLifetime);
        if (o.Http is { Port: > 0 } http && http.Port == o.Listen.Port && http.Address.Equals(o.Listen.Address))
            yield return new OptionError("http", http.ToString(), "an address and port other than those of listen");
    }

    private static OptionError AtMost(string key, TimeSpan value, string otherKey, TimeSpan other, string relation = "at most") =>
        new(key, DurationText.Format(value), $"{relation} {otherKey}, which is {DurationText.Format(other)}");
}
