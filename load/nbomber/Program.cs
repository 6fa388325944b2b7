using System.CommandLine;
using FastRelay.Load.NBomber;
using FastRelay.Load.Scenarios;
using NBomber.Contracts.Stats;
using NBomber.CSharp;

var load = new Argument<string>("load") { Description = $"One of: {string.Join(", ", ScenarioCatalog.All.Keys)}." };
load.AcceptOnlyFromAmong([.. ScenarioCatalog.All.Keys]);
var seconds = new Option<int>("--seconds") { DefaultValueFactory = _ => 10, Description = "How long each scenario takes." };
var amount = new Option<int>("--load") { DefaultValueFactory = _ => 16, Description = "Clients at once, or requests a second." };
var folder = new Option<string>("--reports") { DefaultValueFactory = _ => "reports", Description = "The folder of NBomber's reports." };
var root = new RootCommand("The loads of FastRelay, run by NBomber.") { load, seconds, amount, folder };
root.SetAction(async (parsed, cancellation) =>
{
    string name = parsed.GetValue(load)!;
    await using var set = await ScenarioCatalog.All[name](TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(amount), cancellation);
    // One after the other: NBomber would run all that it is given at once, which is another load.
    foreach (var scenario in set.Scenarios)
    {
        NBomberRunner
            .RegisterScenarios(NBomberAdapter.Translate(scenario))
            .WithTestSuite("FastRelay")
            .WithTestName($"{name}-{scenario.Name}")
            .WithReportFolder(Path.Combine(parsed.GetValue(folder)!, scenario.Name))
            .WithReportFormats(ReportFormat.Html, ReportFormat.Md, ReportFormat.Csv, ReportFormat.Txt)
            .Run();
    }
    return 0;
});
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (NotSupportedException e)
{
    // Built against reference/.
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
