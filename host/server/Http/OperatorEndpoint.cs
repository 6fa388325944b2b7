using System.Net;
using FastRelay.Server.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FastRelay.Server.Http;

/// <summary>
/// What operators' machines ask over HTTP: <c>/healthz</c> (the process works), <c>/readyz</c> (it takes work), <c>/metrics</c> (Prometheus text).
/// Anything else is 404.
/// </summary>
internal sealed class OperatorEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OperatorEndpoint(WebApplication app, IPEndPoint endPoint)
    {
        _app = app;
        EndPoint = endPoint;
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Binds and serves.</summary>
    /// <exception cref="IOException">The address is taken or isn't this machine's.</exception>
    public static async Task<OperatorEndpoint> StartAsync(
        IPEndPoint bind, IServerHealth health, PrometheusExposition metrics, ILoggerFactory logs, CancellationToken cancellation)
    {
        // The empty builder, not the slim one: that reads appsettings.json of the current directory and ASPNETCORE_ variables,
        // and answers SIGTERM by itself.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8192;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Listen(bind);
        });
        builder.Services.AddSingleton(logs);
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, health, metrics));
        try
        {
            await app.StartAsync(cancellation);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new OperatorEndpoint(app, new IPEndPoint(bind.Address, new Uri(address).Port));
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private static Task AnswerAsync(HttpContext context, IServerHealth health, PrometheusExposition metrics)
    {
        var response = context.Response;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }
        return context.Request.Path.Value switch
        {
            "/healthz" => TextAsync(response, health.IsHealthy, "ok\n", "failed\n"),
            "/readyz" => TextAsync(response, health.IsReady, "ready\n", "not ready\n"),
            "/metrics" => MetricsAsync(response, metrics),
            _ => NotFoundAsync(response),
        };
    }

    private static Task TextAsync(HttpResponse response, bool good, string yes, string no)
    {
        response.StatusCode = good ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "text/plain; charset=utf-8";
        return response.WriteAsync(good ? yes : no);
    }

    private static Task MetricsAsync(HttpResponse response, PrometheusExposition metrics)
    {
        response.ContentType = PrometheusExposition.ContentType;
        return response.WriteAsync(metrics.Render());
    }

    private static Task NotFoundAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>The relay decides when the process ends, not the web host.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
