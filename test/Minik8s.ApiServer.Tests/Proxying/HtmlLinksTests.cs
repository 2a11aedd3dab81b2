using Minik8s.ApiServer.Proxying;

namespace Minik8s.ApiServer.Tests.Proxying;

public sealed class HtmlLinksTests
{
    private static readonly LinkRewriter Links = new("/api/v1/namespaces/a/pods/web:80/proxy", "10.0.0.7:80", "https", "server:6443");

    [Theory]
    [InlineData("/x", "/api/v1/namespaces/a/pods/web:80/proxy/x")]
    [InlineData("/x/", "/api/v1/namespaces/a/pods/web:80/proxy/x/")]
    [InlineData("/", "/api/v1/namespaces/a/pods/web:80/proxy/")]
    [InlineData("/x?a=b#c", "/api/v1/namespaces/a/pods/web:80/proxy/x?a=b#c")]
    [InlineData("x", "x")]
    [InlineData("../x", "../x")]
    [InlineData("#part", "#part")]
    [InlineData("", "")]
    [InlineData("mailto:a@b", "mailto:a@b")]
    [InlineData("http://10.0.0.7:80/x", "https://server:6443/api/v1/namespaces/a/pods/web:80/proxy/x")]
    [InlineData("https://server:6443/x", "https://server:6443/api/v1/namespaces/a/pods/web:80/proxy/x")]
    [InlineData("//server:6443/x", "https://server:6443/api/v1/namespaces/a/pods/web:80/proxy/x")]
    [InlineData("http://elsewhere/x", "http://elsewhere/x")]
    [InlineData("//elsewhere/x", "//elsewhere/x")]
    [InlineData("http://[", "http://[")]
    [InlineData("/api/v1/namespaces/a/pods/web:80/proxy/x", "/api/v1/namespaces/a/pods/web:80/proxy/x")]
    [InlineData("/api/v1/namespaces/a/pods/web:80/proxyx", "/api/v1/namespaces/a/pods/web:80/proxy/api/v1/namespaces/a/pods/web:80/proxyx")]
    public void A_link_to_the_backend_leads_through_the_proxy(string link, string expected) => Assert.Equal(expected, Links.Rewrite(link));

    [Theory]
    [InlineData("<a href=\"/x\">t</a>", "<a href=\"P/x\">t</a>")]
    [InlineData("<A HREF='/x' title='/x'>t</A>", "<A HREF='P/x' title='/x'>t</A>")]
    [InlineData("<a href=/x>t</a>", "<a href=P/x>t</a>")]
    [InlineData("<img src = \"/x\" longdesc=\"/y\"/>", "<img src = \"P/x\" longdesc=\"P/y\"/>")]
    [InlineData("<p href=\"/x\">/x < y</p>", "<p href=\"/x\">/x < y</p>")]
    [InlineData("<!-- <a href=\"/x\"> --><a href=\"/x\">", "<!-- <a href=\"/x\"> --><a href=\"P/x\">")]
    [InlineData("<script src=\"/s\">if (a<b) '<a href=\"/x\">'</script><a href=\"/y\">", "<script src=\"P/s\">if (a<b) '<a href=\"/x\">'</script><a href=\"P/y\">")]
    [InlineData("<a href=\"/x", "<a href=\"P/x")]
    [InlineData("<a href", "<a href")]
    [InlineData("<a = = \"/x\">", "<a = = \"/x\">")]
    [InlineData("<", "<")]
    [InlineData("</a><br/><a disabled href=\"/x\">", "</a><br/><a disabled href=\"P/x\">")]
    [InlineData("plain", "plain")]
    public void Links_in_a_page_are_rewritten(string page, string expected) => Assert.Equal(expected.Replace("P/", Links.Prefix + "/", StringComparison.Ordinal), HtmlLinks.Rewrite(page, Links));

    [Theory]
    [InlineData("web", "", "web", "")]
    [InlineData("web:80", "", "web", "80")]
    [InlineData("https:web:main", "https", "web", "main")]
    [InlineData("https:web:", "https", "web", "")]
    public void A_name_may_carry_scheme_and_port(string text, string scheme, string name, string port) => Assert.Equal(new ProxyName(scheme, name, port), ProxyName.Parse(text));

    [Theory]
    [InlineData("ftp:web:80")]
    [InlineData("a:b:c:d")]
    [InlineData(":80")]
    [InlineData("")]
    public void Other_names_are_refused(string text) => Assert.Null(ProxyName.Parse(text));
}
