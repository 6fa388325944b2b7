using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace FastRelay.Cli.Demo;

/// <summary>
/// The service that the demonstration's device exposes: a real web server on loopback with one page. The page carries random text, so
/// that who shows it must have fetched it.
/// </summary>
internal sealed class DemoPage : IAsyncDisposable
{
    /// <summary>Random bytes on the page, written as hexadecimal digits: enough for several records of the protocol.</summary>
    private const int RandomBytes = 48 * 1024;

    private readonly WebApplication _app;

    private DemoPage(WebApplication app, byte[] content, IPEndPoint endPoint)
    {
        _app = app;
        Content = content;
        EndPoint = endPoint;
    }

    /// <summary>The bytes that a browser must get.</summary>
    public byte[] Content { get; }

    /// <summary>Where the web server listens.</summary>
    public IPEndPoint EndPoint { get; }

    public static async Task<DemoPage> StartAsync(CancellationToken cancellation)
    {
        string random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));
        byte[] content = Encoding.UTF8.GetBytes(
            $"<!doctype html>\n<title>Behind the NAT</title>\n<h1>Reached by ID and password</h1>\n<pre>\n{random}\n</pre>\n");

        // The empty builder reads no file and no variable of its surroundings, and leaves SIGTERM to the command.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.ContentType = "text/html; charset=utf-8";
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        });
        await app.StartAsync(cancellation);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new DemoPage(app, content, new IPEndPoint(IPAddress.Loopback, new Uri(address).Port));
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
