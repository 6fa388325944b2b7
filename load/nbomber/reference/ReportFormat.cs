namespace NBomber.Contracts.Stats;

/// <summary>Declared as in NBomber.</summary>
public enum ReportFormat
{
    Txt = 0,
    Html = 1,
    Csv = 2,
    Md = 3,
}
