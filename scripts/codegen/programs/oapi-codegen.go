package main

import (
	"context"
	"net/http"
	"os"

	"postern.example/client/generated"
)

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
	api := must(generated.NewClientWithResponses(os.Getenv("POSTERN")))
	name, password := "oapi-codegen", "a passphrase nobody uses"
	registered := must(api.RegisterWithResponse(ctx, nil, generated.Registration{Username: name, Email: "oapi-codegen@example.com", Password: password}))
	check(registered.JSON201 != nil, "register")
	signedIn := must(api.LoginWithResponse(ctx, generated.Credentials{Username: &name, Password: password}))
	check(signedIn.JSON200 != nil, "login")
	auth := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+signedIn.JSON200.AccessToken)
		return nil
	}
	isDraft := true
	created := must(api.CreatePostWithResponse(ctx, nil, generated.PostDraft{Title: "Hello", Body: "A draft.", Draft: &isDraft}, auth))
	check(created.JSON201 != nil, "create")
	status := generated.ListPostsParamsStatus("draft")
	mine := must(api.ListPostsWithResponse(ctx, &generated.ListPostsParams{Status: &status}, auth))
	check(mine.JSON200 != nil && len(mine.JSON200.Items) == 1 && mine.JSON200.Items[0].Title == "Hello", "list")
	read := must(api.ReadPostWithResponse(ctx, created.JSON201.Id, nil, auth))
	check(read.JSON200 != nil && read.JSON200.Body == "A draft.", "read")
	me := must(api.ReadMeWithResponse(ctx))
	check(me.ApplicationproblemJSON401 != nil && me.ApplicationproblemJSON401.Code == "unauthenticated", "401")
	invalid := must(api.CreatePostWithResponse(ctx, nil, generated.PostDraft{Title: "", Body: "No title."}, auth))
	check(invalid.ApplicationproblemJSON422 != nil && len(*invalid.ApplicationproblemJSON422.Errors) > 0, "422")
	published := must(api.PublishPostWithBodyWithResponse(ctx, created.JSON201.Id, nil, "application/json", http.NoBody, auth))
	check(published.JSON200 != nil && published.JSON200.PublishedAt != nil, "publish")
	refreshed := must(api.RefreshWithResponse(ctx, nil, generated.Refresh{RefreshToken: *signedIn.JSON200.RefreshToken}))
	check(refreshed.JSON200 != nil && refreshed.JSON200.User.Username == name, "refresh")
}
