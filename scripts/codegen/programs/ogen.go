package main

import (
	"context"
	"os"

	"github.com/ogen-go/ogen/ogenerrors"

	"postern.example/client/generated"
)

type source struct{ token string }

func (s *source) Bearer(context.Context, generated.OperationName) (generated.Bearer, error) {
	if s.token == "" {
		return generated.Bearer{}, ogenerrors.ErrSkipClientSecurity
	}
	return generated.Bearer{Token: s.token}, nil
}

func (s *source) RefreshCookie(context.Context, generated.OperationName) (generated.RefreshCookie, error) {
	return generated.RefreshCookie{}, ogenerrors.ErrSkipClientSecurity
}

func check(ok bool, what string) {
	if !ok {
		panic(what)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	security := &source{}
	api := must(generated.NewClient(os.Getenv("POSTERN"), security))
	name, password := "ogen", "a passphrase nobody uses"
	_, ok := must(api.Register(ctx, &generated.Registration{Username: name, Email: "ogen@example.com", Password: password}, generated.RegisterParams{})).(*generated.RegisterCreatedHeaders)
	check(ok, "register")
	signedIn, ok := must(api.Login(ctx, &generated.Credentials{Username: generated.NewOptNilString(name), Password: password})).(*generated.AuthHeaders)
	check(ok, "login")
	security.token = signedIn.Response.AccessToken
	created, ok := must(api.CreatePost(ctx, &generated.PostDraft{Title: "Hello", Body: "A draft.", Draft: generated.NewOptNilBool(true)}, generated.CreatePostParams{})).(*generated.PostHeaders)
	check(ok, "create")
	id := created.Response.ID
	mine, ok := must(api.ListPosts(ctx, generated.ListPostsParams{Status: generated.NewOptListPostsStatus("draft")})).(*generated.PostPageHeaders)
	check(ok && len(mine.Response.Items) == 1, "list")
	read, ok := must(api.ReadPost(ctx, generated.ReadPostParams{ID: id})).(*generated.ReadPostOKHeaders)
	check(ok && read.Response.Body == "A draft.", "read")
	published, ok := must(api.PublishPost(ctx, generated.OptPublication{}, generated.PublishPostParams{ID: id})).(*generated.ReadPostOKHeaders)
	check(ok && !published.Response.PublishedAt.Null, "publish")
	// The client refuses an empty title before it sends it, so the 422 is for a name that is the password.
	invalid, ok := must(api.Register(ctx, &generated.Registration{Username: "a common word", Email: "other@example.com", Password: "a common word"}, generated.RegisterParams{})).(*generated.RegisterUnprocessableEntity)
	check(ok && len(invalid.Errors) > 0, "422")
	refreshed, ok := must(api.Refresh(ctx, generated.NewOptRefresh(generated.Refresh{RefreshToken: signedIn.Response.RefreshToken.Value}), generated.RefreshParams{})).(*generated.AuthHeaders)
	check(ok && refreshed.Response.User.Username == name, "refresh")
	security.token = "no.token"
	// The type is named after the first operation that has this response.
	unauthenticated, ok := must(api.ReadMe(ctx)).(interface{ GetResponse() generated.Problem })
	check(ok && unauthenticated.GetResponse().Code == "invalid-token", "401")
}
